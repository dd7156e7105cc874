"""Who reviews a popup's applications."""
