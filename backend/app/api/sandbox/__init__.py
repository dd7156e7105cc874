"""The hosted page of the sandbox, a payment provider without any money."""
