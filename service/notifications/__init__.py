"""Notifications: what a customer is told of their orders when they don't look, by push or mail, at the moments and
outside of the quiet hours that they chose; and the devices that take push."""
