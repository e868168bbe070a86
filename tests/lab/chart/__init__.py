"""The stand-in for the vendor's chart `data-plane`: one source, packaged in several versions."""
