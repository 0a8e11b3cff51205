# Reference of tests/reference/test_merge_reference.py: tmerge of R 4.2.2, survival 3.5-3.
# Run: Rscript merge.R DIRECTORY
suppressMessages(library(survival))
set.seed(20251114)
n <- 40
base <- data.frame(id=1:n, start=round(runif(n,0,3)), stop=round(runif(n,8,15)))
rows <- base
m <- 160
x <- data.frame(id=sample(1:45,m,TRUE), time=round(runif(m,-2,22)*2)/2, value=round(rnorm(m),3))
x <- x[order(x$id,x$time),]
x <- x[!duplicated(x[,1:2]),]
e <- data.frame(id=sample(1:43,60,TRUE), time=round(runif(60,0,20)*2)/2)
e <- e[!duplicated(e),]
d <- data.frame(id=unique(rows$id))
out <- tmerge(rows, rows, id=id, tstart=start, tstop=stop)
out <- tmerge(out, x, id=id, x=tdc(time,value), k=cumtdc(time))
out <- tmerge(out, e, id=id, ev=event(time))
tc <- attr(out,"tcount"); print(tc)
cat(nrow(rows), nrow(out), sum(out$ev), sum(out$k), "\n")
dir <- commandArgs(TRUE)[1]
wr <- function(d,f) write.csv(d, file.path(dir,f), row.names=FALSE, quote=FALSE)
wr(rows,"merge_base.csv"); wr(x,"merge_changes.csv"); wr(e,"merge_events.csv")
wr(as.data.frame(out)[,c("id","tstart","tstop","x","k","ev")],"merge_rows.csv"); wr(as.data.frame(tc),"merge_counts.csv")
