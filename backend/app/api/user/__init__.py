"""Users: the backoffice staff of an organisation."""
