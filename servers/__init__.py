"""What runs outside of the home: the secrets that both ends share, and the kits that set the servers up."""
