"""Programs of the lab's own that run inside it."""
