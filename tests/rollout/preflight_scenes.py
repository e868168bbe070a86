"""What is broken, and what the preflight must say of each.

A scene is broken as a whole and looked at once; each of its lines is a test.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.lab.deployed import RELEASE

from .looking import HOST, IMAGES, NAME
from .preflight_breaks import (
    Break,
    another_clock,
    applied,
    bucket_rules,
    certificate,
    class_of,
    commanded,
    key_that_only_reads,
    namespace_that_goes,
    other_pull_token,
    records_of_somebody,
    revision,
    same_id_elsewhere,
    token_of_another,
    variables,
    wrong_token,
)

#: Status, and words of what was found and of the remedy.
Expected = tuple[str, str, str]


@dataclass(frozen=True)
class Scene:
    """What is broken, and what is said of it, by the ids of checks.

    :ivar others: whether a check that is not named here may fail, too, because one thing breaks many.
    """

    broken: Break
    expected: dict[str, Expected] = field(default_factory=dict)
    others: bool = False


QUOTA = """
apiVersion: v1
kind: ResourceQuota
metadata: {name: tight}
spec: {hard: {pods: "3", secrets: "4"}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: small}
spec: {limits: [{type: PersistentVolumeClaim, min: {storage: 10Gi}}]}
"""

DENY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""

IN_THE_WAY = f"""
apiVersion: v1
kind: Service
metadata: {{name: {RELEASE}-data-plane}}
spec: {{ports: [{{port: 80}}]}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: data-{RELEASE}-postgresql-0}}
spec:
  storageClassName: nobodys
  accessModes: [ReadWriteOnce]
  resources: {{requests: {{storage: 1Gi}}}}
"""

LARGE_VOLUMES = (
    class_of("looked-hdd", "pd.csi.storage.gke.io", type="pd-standard")
    + """
---
apiVersion: storage.k8s.io/v1
kind: CSIStorageCapacity
metadata: {name: looked-hdd}
storageClassName: looked-hdd
nodeTopology: {}
capacity: 500Mi
"""
)

SCENES: dict[str, Scene] = {
    "a kind that the cluster has not": Scene(
        variables(popsink_ingress_mode="istio", popsink_ingress_class=""),
        {"cluster.ingress_kinds": ("fail", "and the cluster has no ", "Install Istio")},
        others=True,
    ),
    "a gateway that is not there": Scene(
        variables(
            popsink_ingress_mode="gateway",
            popsink_ingress_class="",
            popsink_ingress_tls_secret="",
            popsink_gateway_name="none-such",
        ),
        {"ingress.gateway": ("fail", "There is no Gateway", "popsink_gateway_name")},
        others=True,
    ),
    "an image of another registry than the mirror": Scene(
        variables(
            popsink_mirror_registry="mirror.popsink.example",
            popsink_image_pull_mode="none",
            popsink_values={"image": {"registry": "other.popsink.example"}},
        ),
        {"images.mirror": ("fail", "other.popsink.example", "popsink_values")},
        others=True,
    ),
    "thresholds": Scene(
        variables(
            popsink_required_kubernetes="1.99",
            popsink_required_helm="99.0.0",
            popsink_required_nodes=7,
            popsink_required_storage="1Pi",
            popsink_required_certificate_days=200,
        ),
        {
            "cluster.version": ("fail", "Kubernetes 1.36", "popsink_required_kubernetes"),
            "helm.version": ("fail", "Helm is 4.1", "popsink_helm"),
            "cluster.nodes": ("fail", "1 of 1 nodes are Ready", "popsink_required_nodes"),
            "volumes.capacity": ("warn", "has 500Gi left", "popsink_required_storage"),
            "ingress.certificate": ("warn", "ends in 89 days", ""),
        },
    ),
    "another cluster": Scene(
        variables(popsink_cluster_uid="11111111-1111-4111-8111-111111111111"),
        {
            "cluster.identity": ("fail", "popsink_cluster_uid is 11111111", ""),
            "cluster.nodes": ("not checked", "another cluster", ""),
            "storage.prefix": ("not checked", "another cluster", ""),
        },
    ),
    "classes": Scene(
        variables(
            popsink_database_storage_class="floppy", popsink_ingress_class="none-such", popsink_priority_class="urgent"
        ),
        {
            "pods.priority_class": ("fail", "There is no PriorityClass urgent", "popsink_priority_class"),
            "cluster.storage_class": ("fail", "There is no StorageClass floppy", "popsink_database_storage_class"),
            "cluster.ingress_class": ("fail", "There is no IngressClass none-such", "popsink_ingress_class"),
        },
        others=True,
    ),
    "an autoscaler without metrics": Scene(
        variables(popsink_hpa_enabled=True, popsink_replicas=""),
        {"pods.metrics": ("warn", "autoscaler popsink-data-plane never adds a pod", "metrics-server")},
    ),
    "a cordoned node": Scene(
        commanded("cordon popsink-lab", "uncordon popsink-lab"),
        {"cluster.nodes": ("fail", "0 of 1 nodes are Ready, schedulable", "Add nodes")},
        others=True,
    ),
    "a tainted node": Scene(
        commanded("taint nodes popsink-lab dedicated=gpu:NoSchedule", "taint nodes popsink-lab dedicated-"),
        {"nodes.taints": ("fail", "dedicated=gpu:NoSchedule", "tolerations")},
        others=True,
    ),
    "large pods": Scene(
        variables(popsink_values={"resources": {"requests": {"memory": "900Gi"}}}),
        {"nodes.capacity": ("fail", "popsink-data-plane find no node", "popsink_size")},
    ),
    "volumes that nobody makes": Scene(
        applied(LARGE_VOLUMES, popsink_database_storage_class="looked-hdd"),
        {
            "volumes.provisioner": ("fail", "There is no driver pd.csi.storage.gke.io", ""),
            "volumes.speed": ("warn", "has hard disks", ""),
            "volumes.capacity": ("fail", "too small for data-popsink-postgresql-0", ""),
        },
    ),
    "a class without a controller": Scene(
        applied(
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: looked-nginx}, "
            "spec: {controller: k8s.io/ingress-nginx}}",
            popsink_ingress_class="looked-nginx",
            popsink_ingress_controller="traefik",
            popsink_ingress_source_ranges=["192.0.2.0/24"],
        ),
        {
            "ingress.controller": ("warn", "No pod of ", "popsink_ingress_class"),
            "ingress.source_ranges": ("fail", "everybody would be let in", "popsink_ingress_controller to nginx"),
        },
    ),
    "a name that leads elsewhere": Scene(
        variables(popsink_ingress_url="https://localhost", popsink_ingress_tls_secret=""),
        {"ingress.dns": ("warn", "localhost resolves to 127.0.0.1", "10.243.")},
    ),
    "a name that nobody knows": Scene(
        variables(popsink_ingress_url="https://nowhere.popsink.example", popsink_ingress_tls_secret=""),
        {"ingress.dns": ("warn", "nowhere.popsink.example cannot be resolved from here", "external-dns")},
    ),
    "a certificate that has ended": Scene(
        certificate("ended", HOST, begins=-30, ends=-2),
        {"ingress.certificate": ("fail", "ended", "Put certificate and key there anew")},
    ),
    "a certificate for another host": Scene(
        certificate("other", "other.example"),
        {"ingress.certificate": ("fail", f"is for other.example, not for {HOST}", "")},
    ),
    "no certificate": Scene(
        variables(popsink_ingress_tls_secret="nothing"),
        {"ingress.certificate": ("fail", "There is no Secret nothing", "create secret tls nothing")},
    ),
    "an issuer that is not there": Scene(
        variables(
            popsink_ingress_tls_secret="nothing",
            popsink_ingress_annotations={"cert-manager.io/cluster-issuer": "company"},
        ),
        {"ingress.certificate": ("fail", "cert-manager", "")},
    ),
    "a namespace that goes": Scene(
        namespace_that_goes,
        {"namespace.state": ("fail", "Namespace going is being deleted", "kubectl get namespace going")},
        others=True,
    ),
    "quota and limits": Scene(
        applied(QUOTA),
        {
            "namespace.quota": ("fail", "ResourceQuota tight allows pods 3", "quota raised"),
            "namespace.limit_range": ("fail", "less storage than the minimum 10Gi", ""),
        },
    ),
    "a restricted namespace": Scene(
        commanded(
            f"label namespace {NAME} pod-security.kubernetes.io/enforce=restricted",
            f"label namespace {NAME} pod-security.kubernetes.io/enforce-",
        ),
        {"namespace.pod_security": ("fail", "enforces restricted, and refuses pods without", "")},
    ),
    "a namespace that is shut": Scene(
        applied(DENY),
        {"namespace.network_policies": ("fail", "by default-deny: data-plane to", "")},
    ),
    "an account without tokens": Scene(
        variables(popsink_values={"serviceAccount": {"create": False, "name": "theirs"}}),
        {"namespace.service_accounts": ("fail", "ServiceAccount theirs", "")},
    ),
    "leftovers": Scene(
        applied(IN_THE_WAY),
        {
            "leftovers.secrets": ("fail", "Service popsink-data-plane", ""),
            "leftovers.volume": ("fail", "popsink_connector_config_encryption_key", "playbooks/restore.yml"),
        },
        others=True,
    ),
    "a release that hangs": Scene(
        revision("pending-install"),
        {"leftovers.release": ("warn", "Revision 1 of release popsink is pending-install", "popsink_pending_after")},
        others=True,
    ),
    "a release that is being uninstalled": Scene(
        revision("uninstalling"),
        {"leftovers.release": ("fail", "is uninstalling", "helm --namespace looked uninstall popsink")},
        others=True,
    ),
    "a twin": Scene(
        same_id_elsewhere,
        {"leftovers.twin": ("fail", "deployment id", "")},
        others=True,
    ),
    "somebody else's Secret": Scene(
        applied(
            "{apiVersion: v1, kind: Secret, metadata: {name: theirs}, stringData: {jwt-secret: short}}",
            popsink_existing_secrets={"jwt": "theirs"},
        ),
        {"cluster.secrets": ("fail", "fewer than 32 characters", "Mend it where it is made")},
    ),
    "images that are not there": Scene(
        variables(popsink_values={"image": {"tag": "nobody-made-this"}}),
        {"images.pull": ("fail", "data-plane:nobody-made-this", "")},
    ),
    "a registry that is not reached": Scene(
        variables(popsink_image_registry_mirrors={}),
        {"images.pull": ("not checked", IMAGES, "popsink_image_registry_mirrors")},
    ),
    "another pull token": Scene(
        other_pull_token,
        {
            "images.token": ("warn", "is a service account of project another-project", ""),
            "images.pull": ("fail", "The pull secret may not read", "popsink_image_pull_token"),
        },
    ),
    "no such bucket": Scene(
        variables(popsink_bucket="nobody-made-this"),
        {"storage.bucket": ("fail", "nobody-made-this", "popsink_bucket")},
        others=True,
    ),
    "a wrong key": Scene(
        variables(popsink_s3_secret_access_key="wrong" * 8),
        {"storage.bucket": ("fail", "SignatureDoesNotMatch", "popsink_s3_secret_access_key")},
        others=True,
    ),
    "a wrong region": Scene(
        variables(popsink_bucket_region="eu-west-3"),
        {"storage.region": ("fail", "is in eu-west-1, and popsink_bucket_region is eu-west-3", "to eu-west-1")},
        others=True,
    ),
    "a key that only reads": Scene(
        key_that_only_reads,
        {"storage.access": ("fail", "put (AccessDenied), delete (AccessDenied)", "s3:PutObject")},
    ),
    "an administrator of the bucket who is refused": Scene(
        variables(
            popsink_bucket_manage=True,
            popsink_bucket_admin_access_key_id="nobody",
            popsink_bucket_admin_secret_access_key="wrong" * 8,
        ),
        {"storage.manage": ("fail", "Check popsink_bucket_admin_access_key_id", "")},
    ),
    "a bucket that forgets": Scene(
        bucket_rules,
        {
            "storage.versioning": ("warn", "is suspended", "put-bucket-versioning"),
            "storage.lifecycle": ("fail", "rule all deletes objects", "popsink_bucket_prefix"),
        },
    ),
    "records of somebody": Scene(
        records_of_somebody,
        {"storage.prefix": ("warn", "kafka/clusters/other/meta/cluster.json", "popsink_bucket_prefix")},
    ),
    "a store inside of the cluster": Scene(
        variables(popsink_s3_endpoint="http://minio.storage.svc.cluster.local:9000"),
        dict.fromkeys(
            ("storage.bucket", "storage.region", "storage.access", "storage.versioning", "storage.prefix"),
            ("not checked", "minio.storage.svc.cluster.local", ""),
        ),
    ),
    "a token that is refused": Scene(
        wrong_token,
        {"control_plane.config": ("fail", "refuses the token", "popsink_onboarding_file")},
    ),
    "a token of another deployment": Scene(
        token_of_another,
        {"control_plane.token": ("fail", "belongs to", "")},
        others=True,
    ),
    "a control plane that is away": Scene(
        lambda place: variables(
            popsink_onboarding={**place.deployed.snippet, "controlPlaneUrl": "http://127.0.0.1:9/api"}
        )(place),
        {"control_plane.config": ("fail", "http://127.0.0.1:9/api does not answer", "outbound HTTPS")},
    ),
    "another clock": Scene(
        another_clock,
        {"control_plane.clock": ("warn", "on this host, whose clock is 3", "clock")},
        others=True,
    ),
    "a chart that cannot be rendered": Scene(
        variables(popsink_values={"replicaCount": "two"}),
        {"release.render": ("fail", "replicaCount", "")},
        others=True,
    ),
    "objects that the server does not take": Scene(
        variables(popsink_values={"podLabels": {"team": "no label!"}}),
        {"release.objects": ("fail", "no label!", "")},
    ),
}
