"""Orders, what they cost, and how they are paid and given back."""
