"""Letters and reports as tagged PDF. Which words stand where is the caller's; how a page is set is done here."""
