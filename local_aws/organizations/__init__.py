"""AWS Organizations: ListAccounts, of the organisation that the control API makes; the rest of the service is moto's."""
