"""Ages and the accounting of births, deaths and net migration between censuses."""
