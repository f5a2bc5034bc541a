"""AWS Organizations: ListAccounts, of the organisation that the control API makes; the rest is moto's."""
