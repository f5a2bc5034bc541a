"""GetResources of the Resource Groups Tagging API, for projects; the rest of that service is moto's."""
