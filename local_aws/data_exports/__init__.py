"""AWS Data Exports: the bill as files, as AWS lays them out. Its API, `bcm-data-exports`, is not imitated."""
