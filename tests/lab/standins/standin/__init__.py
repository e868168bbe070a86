"""What the stand-in programs share."""
