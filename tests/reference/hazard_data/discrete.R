# Reference of tests/reference/test_discrete_reference.py: R 4.2.2, lme4 1.1-31 (glmer), survival 3.5-3 (survreg).
# Run: Rscript discrete.R DIRECTORY
suppressMessages({library(lme4); library(splines); library(survival)})
dir <- commandArgs(TRUE)[1]
set.seed(20251114)
G <- 30; n <- 12; T <- 6
b <- rnorm(G, 0, 0.8)
rows <- list(); i <- 0
for (g in 1:G) for (j in 1:n) { i <- i+1; x <- rnorm(1); z <- rbinom(1,1,.4)
  for (t in 1:T) { eta <- -2.4 + .12*t + .6*x - .5*z + b[g]
    y <- as.integer(runif(1) < 1-exp(-exp(eta)))
    rows[[length(rows)+1]] <- c(i,g,t,x,z,y); if (y==1) break } }
d <- as.data.frame(do.call(rbind, rows)); names(d) <- c("city","province","stop","x","z","event")
d$x <- round(d$x,6)
write.csv(d, file.path(dir,"random.csv"), row.names=FALSE, quote=FALSE)
out <- data.frame()
put <- function(model, quantity, term, value) out <<- rbind(out, data.frame(model=model,quantity=quantity,term=term,value=sprintf("%.12g",value)))
ctl <- glmerControl(optimizer="bobyqa", optCtrl=list(maxfun=1e6, rhoend=1e-9), tolPwrss=1e-12)
for (link in c("cloglog","logit")) for (grp in c("province","city")) for (q in c(1,25)) {
  if (grp=="city" && q==1) next
  f <- as.formula(paste0("event ~ x + z + stop + (1|",grp,")"))
  m <- glmer(f, data=d, family=binomial(link), nAGQ=q, control=ctl)
  id <- paste("glmer",link,grp,q)
  put(id,"loglik","",as.numeric(logLik(m))); put(id,"sigma","",sqrt(unlist(VarCorr(m))[1]))
  b <- fixef(m); s <- sqrt(diag(as.matrix(vcov(m, use.hessian=TRUE))))
  for (k in names(b)) { put(id,"coefficient",k,b[k]); put(id,"std_error",k,s[k]) }
}
kn <- c(1,2,4,6)
m <- glm(event ~ x + z + ns(stop, knots=kn[2:3], Boundary.knots=kn[c(1,4)]), data=d, family=binomial("cloglog"), epsilon=1e-14, maxit=100)
put("ns cloglog","loglik","",as.numeric(logLik(m))); put("ns cloglog","coefficient","x",coef(m)["x"]); put("ns cloglog","coefficient","z",coef(m)["z"])
h <- predict(m, data.frame(x=0,z=0,stop=c(1,2,3,4,5,6)), type="response"); for (t in 1:6) put("ns cloglog","hazard",paste0("t",t),h[t])
# Interval censoring: one grouped interval per city, exponential model of survreg against the cloglog with a constant hazard
set.seed(7)
m <- 200; x <- round(rnorm(m),6); L <- sample(0:5,m,TRUE); W <- sample(1:4,m,TRUE)
tt <- rexp(m, exp(-2+.7*x)); lo <- floor(tt); 
kind <- sample(c("exact","interval"),m,TRUE,c(.4,.6))
left <- ifelse(kind=="exact", lo, pmax(lo - L,0)); right <- ifelse(kind=="exact", lo+1, lo+W)
cens <- right > 12; left <- ifelse(cens, 12, left); right <- ifelse(cens, NA, right)
e <- data.frame(city=1:m, left, right, x)
write.csv(e, file.path(dir,"interval.csv"), row.names=FALSE, quote=FALSE)
left0 <- ifelse(e$left==0, NA, e$left)
s <- survreg(Surv(left0, e$right, type="interval2") ~ x, data=e, dist="exponential", control=survreg.control(rel.tolerance=1e-14, maxiter=200))
put("survreg exponential interval","loglik","",s$loglik[2])
b <- -coef(s); se <- sqrt(diag(vcov(s)))
put("survreg exponential interval","coefficient","(Intercept)",b[1]); put("survreg exponential interval","coefficient","x",b[2])
put("survreg exponential interval","std_error","(Intercept)",se[1]); put("survreg exponential interval","std_error","x",se[2])
write.csv(out, file.path(dir,"discrete.csv"), row.names=FALSE, quote=FALSE)
print(out)
