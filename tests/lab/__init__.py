"""A real Kubernetes node on this machine, with what a data plane needs around it. See README.md."""
