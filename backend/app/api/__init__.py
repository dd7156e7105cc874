"""The HTTP interface: one package for each resource."""

import app.core.orm  # noqa: F401  # sets schema and keys before the first model is defined
