"""From an identification rule to dated episodes of decline, and from those to rows at risk."""
