# Swiss fertility 1888 (Mosteller and Tukey 1977), as shipped with R; LMG shares of R-squared
# by relaimpo: calc.relimp(lm(Fertility ~ ., swiss), type = "lmg").
write.csv(swiss, "swiss.csv", row.names = FALSE)
