"""The data plane: API and user interface, heartbeat, one connector worker."""
