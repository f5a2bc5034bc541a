"""The permissions that this package's requests need, and the policies that grant them."""
