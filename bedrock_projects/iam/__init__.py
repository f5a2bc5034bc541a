"""Which permissions our requests take, and the policies made from that."""
