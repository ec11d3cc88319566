"""Singer tap for Spott, the CRM and applicant tracking system for recruitment agencies."""
