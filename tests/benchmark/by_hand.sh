#!/bin/sh
# What an integrator's script looks at to see whether a deployment is as it should be: the measure for site.yml.
# Reads RELEASE, NAMESPACE, SECRETS, BUCKET_URL, REGION, S3_KEYS, CONFIG_URL and TOKEN; access through KUBECONFIG.
set -eu

helm status "$RELEASE" --namespace "$NAMESPACE" > /dev/null
helm get values "$RELEASE" --namespace "$NAMESPACE" --output json > /dev/null

# shellcheck disable=SC2086 # a list of names
kubectl get secret --namespace "$NAMESPACE" $SECRETS --output json > /dev/null
kubectl get --namespace "$NAMESPACE" --output json ingress,deployment,statefulset,service,serviceaccount,configmap,\
role,rolebinding,poddisruptionbudget,networkpolicy,pod > /dev/null

curl --silent --fail --head --aws-sigv4 "aws:amz:$REGION:s3" --user "$S3_KEYS" "$BUCKET_URL" > /dev/null
curl --silent --fail --header "Authorization: Bearer $TOKEN" "$CONFIG_URL" > /dev/null
kubectl get --raw "/api/v1/namespaces/$NAMESPACE/services/http:$RELEASE-data-plane:80/proxy/api/readyz" > /dev/null
