"""Clients of the AWS services that the product talks to: the Projects API and Billing."""
