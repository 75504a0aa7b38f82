package playground

// running is the list of the job that can be watched, empty where there is none.
func (t Things) running() []string {
	if t.RunningJobID == "" {
		return []string{}
	}
	return []string{t.RunningJobID}
}

const liveQuery = `# What changes comes by itself: a job of the demo's
# that runs for an hour, and ends the subscription
# when it ends. Put the id of a job that you have
# started into the variable jobIds to see it through.
subscription JobProgress($jobIds: [ID!]!) {
  aiJobProgress(ids: $jobIds) {
    id
    kind
    status
    progress
    resultUrl
    error
    version
  }
}

# Counters, at most once a second for each video. The
# tab RecordActivity has something happen to the first.
subscription Counters($videoIds: [ID!]!) {
  videosMetadataChanged(ids: $videoIds, minIntervalMs: 1000) {
    id
    viewCount
    likeCount
    version
    video {
      title
    }
  }
}

# Each new notification once. With the id of the last
# one that you got as "after", none is missed.
subscription Notified($after: ID) {
  notificationReceived(after: $after) {
    id
    category
    title
    createdAt
  }
}

# The badge, on every device alike.
subscription Badge {
  unreadNotificationsChanged {
    total
    byCategory {
      category
      count
    }
  }
}
`
