"""What `edgeos bench` runs: this backend against the usual recipe and against bare SQL."""
