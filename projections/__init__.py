"""The read side: one module for each question that is asked. Views can be thrown away and rebuilt."""
