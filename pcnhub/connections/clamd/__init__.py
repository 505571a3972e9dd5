"""ClamAV's daemon: is there malware in a document?"""
