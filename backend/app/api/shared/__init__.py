"""What every resource shares; knows no resource."""
