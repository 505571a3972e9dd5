"""ITK3 messages of GP Connect Send Document in STU3 XML, both ways. Pure: values in, values out."""
