"""The sandbox keeps the documentation's word, and breaks it only as told."""
