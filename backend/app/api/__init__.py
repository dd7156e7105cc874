"""The HTTP interface: one package for each resource."""
