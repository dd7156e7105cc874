"""Coupons: codes a buyer types for a percentage off."""
