"""Arrays behind the identification tools: confidence sets, shift-share errors, sensitivity."""
