"""Only named in annotations."""
