"""`make pictures`: draws the pictures of the README from the sample inventory and the sample costs."""
