"""How a popup decides on applications."""
