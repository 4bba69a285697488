"""Tables of the report: functions from the tables of a run to :class:`ReportTable` records."""
