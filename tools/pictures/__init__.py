"""`make pictures`: draws the pictures of the README and of the pages from the sample inventory and the sample costs."""
