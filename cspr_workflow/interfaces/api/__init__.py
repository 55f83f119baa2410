"""The programming interface: every act and every question as JSON."""
