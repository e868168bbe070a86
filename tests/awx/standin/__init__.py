"""A stand-in of AWX 24.6's API, as far as playbooks/awx.yml uses it: what it takes and refuses, and no jobs.

What a running AWX answered stands in ../api.json. Where AWX drops a field that it does not know, this refuses it.
"""
