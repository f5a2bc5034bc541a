"""The Pulumi program: one stack is one environment of the inventory."""

from components import deploy

deploy()
