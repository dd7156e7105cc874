"""A demonstration: two organisations with months of a believable past, told by the services.

The same seed that ends on the same day tells the same story. ``telling`` begins it.
"""
