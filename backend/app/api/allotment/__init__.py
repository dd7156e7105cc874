"""What there is a limited number of: stock, coupon uses, group seats."""
