"""The address the contract gives to what endpoints depend on."""
