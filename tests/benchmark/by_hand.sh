#!/bin/sh
# What an integrator's script looks at to see whether a deployment is as it should be: the measure for site.yml.
# Each object that a role owns is asked for by itself, as each role does; the release's own objects in one call.
# Reads RELEASE, NAMESPACE, SECRETS, BUCKET_URL, REGION, S3_KEYS, CONFIG_URL and TOKEN; access through KUBECONFIG.
set -eu

helm status "$RELEASE" --namespace "$NAMESPACE" > /dev/null
helm get values "$RELEASE" --namespace "$NAMESPACE" --output json > /dev/null

kubectl get namespace "$NAMESPACE" --output json > /dev/null
for secret in $SECRETS; do
    kubectl get secret "$secret" --namespace "$NAMESPACE" --output json > /dev/null
done
kubectl get ingress "$RELEASE-public" --namespace "$NAMESPACE" --output json > /dev/null
kubectl get --namespace "$NAMESPACE" --output json deployment,statefulset,service,serviceaccount,configmap,role,\
rolebinding,poddisruptionbudget,networkpolicy,pod > /dev/null

curl --silent --fail --head --aws-sigv4 "aws:amz:$REGION:s3" --user "$S3_KEYS" "$BUCKET_URL" > /dev/null
curl --silent --fail --header "Authorization: Bearer $TOKEN" "$CONFIG_URL" > /dev/null
kubectl get --raw "/api/v1/namespaces/$NAMESPACE/services/http:$RELEASE-data-plane:80/proxy/api/readyz" > /dev/null
