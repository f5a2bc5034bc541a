"""AWS Invoicing (`invoicing`): the invoices and credit memos of what Cost Explorer shows."""
