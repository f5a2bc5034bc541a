"""AWS as values, and the clients of its services: one module for each service, one method for each request."""
