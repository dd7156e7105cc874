"""Work that runs after the commit of what caused it."""
