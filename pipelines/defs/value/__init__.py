"""From cohorts and purchases to what is to come: projected survival and expected purchases."""
