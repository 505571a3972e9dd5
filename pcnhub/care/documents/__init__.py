"""Letters, results, images and forms that an organisation holds about a patient: kept once, checked at every opening."""
