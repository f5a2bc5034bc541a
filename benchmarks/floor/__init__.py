"""The floor: a Pulumi program of as many resources, whose dynamic provider does nothing."""
