package playground

// told is what the platform's backends tell the server, with things of theirs; nothing where there are none.
func (t Things) told() variables {
	v := variables{
		"batchId": "playground-1", "events": []variables{}, "notifications": []variables{},
		"grants": []variables{}, "users": []variables{}, "videos": []variables{},
	}
	for _, id := range first(1, t.VideoIDs) {
		v["events"] = []variables{
			{"videoId": id, "kind": "VIEW", "count": 25}, {"videoId": id, "kind": "LIKE"}, {"videoId": id, "kind": "UNLIKE"},
		}
	}
	if t.UserID != "" {
		const newUser, newVideo = "de300000-0000-4000-8000-000000000011", "de300000-0000-4000-8000-000000000012"
		v["notifications"] = []variables{{"userId": t.UserID, "category": "SYSTEM", "title": "Hello from the playground"}}
		v["grants"] = []variables{{"userId": t.UserID, "amount": 100}}
		v["users"] = []variables{{"id": newUser, "handle": "newcomer", "displayName": "New Comer"}}
		v["videos"] = []variables{{
			"id": newVideo, "ownerId": newUser, "title": "My first video",
			"playbackUrl": "https://cdn.example.com/videos/" + newVideo + ".mp4",
		}}
	}
	return v
}

// reports are what a worker would say of a job that it holds.
func (t Things) reports() []variables {
	reports := []variables{}
	for _, id := range first(1, t.JobIDs) {
		reports = append(reports, variables{"id": id, "attempt": 1, "progress": 50})
	}
	return reports
}

const startJobQuery = `# Starts an AI job. In the demo a worker takes it
# within a second, and is done within ten; one whose
# prompt has the word "fail" fails.
mutation StartJob($input: StartAIJobInput!) {
  startAIJob(input: $input) {
    job {
      id
      kind
      status
      queuePosition
      error
    }
    creditsRemaining
  }
}

# Run this one again and again to see it move.
query FollowJobs {
  myAIJobs(first: 3) {
    nodes {
      id
      kind
      status
      progress
      queuePosition
      resultUrl
      error
    }
  }
  me {
    credits
  }
}

# Calls jobs off and gives back what they cost. Put
# ids of your own into the variable jobIds.
mutation CancelJobs($jobIds: [ID!]!) {
  cancelAIJobs(ids: $jobIds) {
    canceledCount
    results {
      id
      status
      job {
        status
        finishedAt
      }
    }
  }
}
`

const recordActivityQuery = `# For backends of the platform, whose token this
# tab's headers carry: what people did, netted for
# each video. Run it twice: a batchId counts once.
mutation RecordActivity($batchId: ID!, $events: [VideoActivityInput!]!) {
  recordVideoActivity(batchId: $batchId, events: $events) {
    recordedCount
    duplicate
    unknownVideoIds
  }
}

# The recipient finds it in the tab Notifications. A
# repeat gets the first answer.
mutation SendNotifications($batchId: ID!, $notifications: [SendNotificationInput!]!) {
  sendNotifications(batchId: $batchId, notifications: $notifications) {
    sentCount
    results {
      status
      notification {
        id
        title
        createdAt
      }
    }
  }
}

mutation GrantCredits($batchId: ID!, $grants: [CreditGrantInput!]!) {
  grantCredits(batchId: $batchId, grants: $grants) {
    grantedCount
    duplicate
    unknownUserIds
  }
}

# How users and videos get here, and stay as the
# platform has them: the owners before their videos.
mutation Upsert($users: [UserInput!]!, $videos: [VideoInput!]!) {
  upsertUsers(users: $users) {
    users {
      id
      handle
      displayName
    }
  }
  upsertVideos(videos: $videos) {
    videos {
      id
      title
      createdAt
      owner {
        handle
      }
    }
  }
}
`

const claimJobsQuery = `# For workers, whose token this tab's headers carry:
# takes the oldest queued jobs. In the demo its own
# worker is mostly quicker.
mutation ClaimJobs($kinds: [AIJobKind!]) {
  claimAIJobs(kinds: $kinds, limit: 1, leaseSeconds: 60) {
    jobs {
      id
      kind
      prompt
      attempts
      sourceVideo {
        playbackUrl
      }
    }
    leaseExpiresAt
  }
}

# Progress and results of jobs that were claimed; a
# report renews the lease. The attempt is what the
# claim said: a worker that lost the job is NOT_HELD.
mutation ReportJobs($reports: [AIJobReportInput!]!) {
  reportAIJobs(reports: $reports) {
    acceptedCount
    results {
      id
      status
      jobStatus
    }
  }
}
`
